import assert from 'node:assert/strict';
import { proposeDateFormats } from '../../src/domain/date-choices.ts';
import { parseSettings } from '../../src/domain/settings.ts';

const formatsOf = (values: string[]) => proposeDateFormats(values).map(({ format }) => format);

describe('proposeDateFormats', () => {
  it('proposes both readings of 03/04/2027 and guesses neither', () => {
    assert.deepEqual(proposeDateFormats(['03/04/2027', '05/06/2027']), [
      { format: 'DD/MM/YYYY', example: '2027-04-03', parses: 2 },
      { format: 'MM/DD/YYYY', example: '2027-03-04', parses: 2 },
    ]);
  });

  it('proposes one when a value tells', () => {
    assert.deepEqual(formatsOf(['03/04/2027', '25/06/2027']), ['DD/MM/YYYY']);
    assert.deepEqual(formatsOf(['03/04/2027', '06/25/2027']), ['MM/DD/YYYY']);
  });

  it('proposes nothing for dates that need no format, or that are none', () => {
    for (const values of [['2027-03-04', '04-03-2027', ''], ['soon'], []]) assert.deepEqual(formatsOf(values), []);
  });

  it('sees times, one-digit days, names and other separators', () => {
    assert.deepEqual(formatsOf(['03.04.2027 14:30']), ['DD.MM.YYYY HH:mm', 'MM.DD.YYYY HH:mm']);
    assert.deepEqual(formatsOf(['3/4/2027']), ['D/M/YYYY', 'M/D/YYYY']);
    assert.deepEqual(formatsOf(['3 Apr 2027']), ['D MMM YYYY']);
    assert.deepEqual(formatsOf(['4/13/27 2:30 PM']), ['M/D/YY h:mm A']);
    assert.deepEqual(formatsOf(['2027/04/03']), ['YYYY/MM/DD']);
  });

  it('proposes only what the settings accept', () => {
    for (const value of ['03/04/2027', '3/4/27 2:30 PM', '3 Apr 2027', '03.04.2027 14:30:00', '03/04/2027T14:30'])
      for (const dateFormat of formatsOf([value])) assert.ok(parseSettings({ dateFormat }).ok, dateFormat);
  });
});
