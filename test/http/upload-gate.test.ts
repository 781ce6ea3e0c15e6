import assert from 'node:assert/strict';
import { ok } from '../../src/domain/failures.ts';
import { createUploadGate } from '../../src/http/upload-gate.ts';

/** Something that goes on until it is told to end. */
function pending() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { end, run: () => ended.then(() => ok(undefined)) };
}

describe('the gate of uploads', () => {
  it('lets in so many at once, and one subject three fifths of them', async () => {
    const gate = createUploadGate(5);
    const upload = pending();
    const let3 = ['alice', 'alice', 'alice'].map((subject) => gate.pass(subject, upload.run));
    const fourth = await gate.pass('alice', upload.run);
    assert.ok(!fourth.ok && fourth.failure.code === 'TOO_MANY_UPLOADS');
    const others = ['bob', 'carol'].map((subject) => gate.pass(subject, upload.run));
    assert.ok(!(await gate.pass('dave', upload.run)).ok);
    upload.end();
    await Promise.all([...let3, ...others]);
    assert.ok((await gate.pass('alice', async () => ok(1))).ok);
  });

  it('gives a place back when an upload throws', async () => {
    const gate = createUploadGate(1);
    for (let n = 0; n < 3; n += 1)
      await assert.rejects(
        gate.pass('alice', () => Promise.reject(new Error('the disk is full'))),
        /full/,
      );
    assert.ok((await gate.pass('alice', async () => ok(1))).ok);
  });

  it('has five stored at once, the others in the order of their coming', async () => {
    const gate = createUploadGate(40);
    let [now, most] = [0, 0];
    const order: number[] = [];
    const store = (n: number) =>
      gate.store(async () => {
        now += 1;
        most = Math.max(most, now);
        order.push(n);
        await new Promise((next) => setImmediate(next));
        now -= 1;
        if (n === 3) throw new Error('refused');
      });
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const stored = await Promise.allSettled(numbers.map(store));
    assert.deepEqual([most, order], [5, numbers]);
    assert.equal(stored.filter(({ status }) => status === 'rejected').length, 1);
  });
});
