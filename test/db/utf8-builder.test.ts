import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Utf8Builder } from '../../db/utf8-builder.ts';

describe('Utf8Builder', () => {
  it('gives what was added since the last time, in UTF-8', () => {
    const builder = new Utf8Builder();
    assert.equal(builder.add('\u0001').add('Zoë, 王 and 🚗').take().toString(), '\u0001Zoë, 王 and 🚗');
    assert.equal(builder.take().length, 0);
    const first = builder.add('first').take();
    assert.equal(builder.add('again').take().toString(), 'again');
    assert.equal(first.toString(), 'first');
  });

  it('has room for whatever comes, and keeps what came before', () => {
    const [short, long] = ['ab', '€'.repeat(100_000)];
    assert.equal(new Utf8Builder().add(short).add(long).add(short).take().toString(), short + long + short);
  });

  it('writes an array of any length as JSON does', () => {
    const builder = new Utf8Builder();
    const values = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.array(fc.integer()), fc.constant(null)), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(values, (list) => {
        assert.equal(builder.addArray(list).take().toString(), JSON.stringify(list));
      }),
    );
  });

  it('escapes what stands in an array, piece by piece', () => {
    const values = Array.from({ length: 70 }, (_, n) => `${n}\\`);
    const text = new Utf8Builder().addArray(values, (json) => json.replaceAll('\\', '/')).take();
    assert.equal(text.toString(), JSON.stringify(values).replaceAll('\\', '/'));
  });
});
