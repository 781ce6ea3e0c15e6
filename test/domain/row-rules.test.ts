import assert from 'node:assert/strict';
import { ERROR_COLUMNS, escapeFormula } from '../../src/domain/csv-safety.ts';
import type { Cell } from '../../src/domain/record.ts';
import { compileRules } from '../../src/domain/row-rules.ts';
import { contextOf, draftOf, faultsOf, HEADER, judge, warningsOf } from './rule-context.ts';

const number = (text: string): Cell => ({ kind: 'number', text });

describe('the row rules', () => {
  it('make a booking of a good row', () => {
    assert.deepEqual(judge({ notes: 'walk-in' }), {
      ok: true,
      draft: {
        row: 1,
        external_id: 'S-1',
        dealer_id: 'd1',
        car_variant_id: null,
        customer_name: 'Asha Rao',
        customer_phone: '+919876543210',
        customer_email: 'asha@example.com',
        advisor_id: null,
        booking_date: '2027-03-04T10:00:00.000Z',
        status: 'PENDING',
        metadata: { notes: 'walk-in' },
      },
      warnings: [],
    });
  });

  it('ask for a name, a dealer and a date and nothing else', () => {
    const empty = Object.fromEntries(HEADER.map((column) => [column, ' ']));
    assert.deepEqual(faultsOf(judge(empty)), [
      'REQUIRED customer_name',
      'REQUIRED dealer_code',
      'REQUIRED booking_date',
    ]);
    const { external_id, customer_phone, customer_email, metadata } = draftOf(
      judge({ external_id: '', customer_phone: '', customer_email: '' }),
    );
    assert.deepEqual([external_id, customer_phone, customer_email, metadata], [null, null, null, null]);
  });

  it('take a record that is shorter than the header for one with empty cells', () => {
    const verdict = compileRules(contextOf())({ row: 1, line: 2, cells: ['S-1', 'Asha Rao'] });
    assert.deepEqual(faultsOf(verdict), ['REQUIRED dealer_code', 'REQUIRED booking_date']);
  });
});

describe('a name', () => {
  it('has 2 to 255 characters, counted as Postgres counts them', () => {
    assert.deepEqual(faultsOf(judge({ customer_name: 'X' })), ['LENGTH customer_name']);
    assert.deepEqual(faultsOf(judge({ customer_name: '𠮷' })), ['LENGTH customer_name']);
    assert.deepEqual(faultsOf(judge({ customer_name: 'N'.repeat(256) })), ['LENGTH customer_name']);
    for (const name of ['Al', '伟 陈', 'N'.repeat(255), '𠮷'.repeat(255)])
      assert.equal(draftOf(judge({ customer_name: name })).customer_name, name);
  });

  it('is stored as it is, be it a formula, a script or begin with a tab', () => {
    for (const name of [
      '=HYPERLINK("http://x")',
      '@SUM(A1)',
      '\tAsha',
      '<script>alert(1)</script>',
      "O'Brien",
      '-Asha',
    ])
      assert.equal(draftOf(judge({ customer_name: name })).customer_name, name);
  });

  it('loses only outer spaces', () => {
    assert.equal(draftOf(judge({ customer_name: '  Asha  Rao\u00a0' })).customer_name, 'Asha  Rao');
  });
});

describe('an external_id', () => {
  it('is text, whatever it looks like', () => {
    for (const id of ['1E10', '000123', '12345678901234567890', 'ä/β', 'N'.repeat(255)])
      assert.equal(draftOf(judge({ external_id: id })).external_id, id);
    assert.equal(draftOf(judge({ external_id: number('70001') })).external_id, '70001');
  });

  it('that a spreadsheet damaged is PRECISION_LOST', () => {
    const lost: Cell[] = ['1.23E+12', number('1.2345678901234567E+19'), number('12345678901234567000')];
    for (const id of [...lost, { kind: 'date', text: '2027-03-01T00:00:00' } as const])
      assert.deepEqual(faultsOf(judge({ external_id: id })), ['PRECISION_LOST external_id']);
  });

  it('has at most 255 characters', () => {
    assert.deepEqual(faultsOf(judge({ external_id: 'N'.repeat(256) })), ['LENGTH external_id']);
  });
});

describe('an e-mail', () => {
  it('is an address, in a network of ones own too', () => {
    for (const email of ['a.b+c@example.com', 'a@b.internal', 'josé@exämple.com'])
      assert.equal(draftOf(judge({ customer_email: ` ${email} ` })).customer_email, email);
    for (const email of ['not-an-email', 'a@', '@b.com', 'a@@b.com', 'a@b', 'a b@c.de'])
      assert.deepEqual(faultsOf(judge({ customer_email: email })), ['EMAIL customer_email']);
  });

  it('has at most 255 characters', () => {
    assert.deepEqual(faultsOf(judge({ customer_email: `${'a'.repeat(250)}@b.com` })), ['LENGTH customer_email']);
  });
});

describe('a dealer', () => {
  it('is found by its code, and by it in another case only if that leaves one', () => {
    assert.equal(draftOf(judge({ dealer_code: ' dlr002 ' })).dealer_id, 'd2');
    assert.equal(draftOf(judge({ dealer_code: 'dup' })).dealer_id, 'd4');
    assert.equal(draftOf(judge({ dealer_code: 'DUP' })).dealer_id, 'd5');
    assert.deepEqual(faultsOf(judge({ dealer_code: 'Dup' })), ['UNKNOWN_DEALER dealer_code']);
  });

  it('must be known, and a likely one is suggested', () => {
    const verdict = judge({ dealer_code: 'DLR-001' });
    assert.deepEqual(faultsOf(verdict), ['UNKNOWN_DEALER dealer_code']);
    assert.match(verdict.ok ? '' : (verdict.faults[0]?.message ?? ''), /"DLR-001".*did you mean "DLR001"\?/);
  });

  it('beyond the limit of whoever uploads is as if there were none, and never suggested', () => {
    const of = (dealer: string) => judge({ dealer_code: dealer }, {}, ['DLR002', 'DLR003']);
    assert.equal(draftOf(of('dlr002')).dealer_id, 'd2');
    assert.deepEqual(faultsOf(of('DLR003')), ['INACTIVE_DEALER dealer_code']);
    for (const dealer of ['DLR001', 'dlr001', 'DLR0011']) {
      const verdict = of(dealer);
      assert.deepEqual(faultsOf(verdict), ['UNKNOWN_DEALER dealer_code']);
      const message = verdict.ok ? '' : (verdict.faults[0]?.message ?? '');
      assert.equal(
        message,
        `dealer_code "${dealer}" is not one of the uploading admin's dealers: did you mean "DLR002"?`,
      );
    }
    const far = of('ELSEWHERE');
    assert.match(far.ok ? '' : (far.faults[0]?.message ?? ''), /leave the row to that dealer's admin/);
  });

  it('must be active', () => {
    assert.deepEqual(faultsOf(judge({ dealer_code: 'DLR003' })), ['INACTIVE_DEALER dealer_code']);
  });

  it('has the zone of dates without one, unless the text or the settings have', () => {
    const dateOf = (date: string, timeZone: string | null = null) =>
      draftOf(judge({ dealer_code: 'DLR002', booking_date: date }, { timeZone })).booking_date;
    assert.equal(dateOf('2027-01-01T10:00'), '2027-01-01T09:00:00.000Z');
    assert.equal(dateOf('2027-01-01T10:00', 'Asia/Kolkata'), '2027-01-01T04:30:00.000Z');
    assert.equal(dateOf('2027-01-01T10:00Z', 'Asia/Kolkata'), '2027-01-01T10:00:00.000Z');
    assert.equal(draftOf(judge({ booking_date: '2027-01-01T10:00' })).booking_date, '2027-01-01T10:00:00.000Z');
    const nowhere = draftOf(judge({ dealer_code: 'DUP', booking_date: '2027-01-01T10:00' }));
    assert.equal(nowhere.booking_date, '2027-01-01T10:00:00.000Z');
  });
});

describe('status and advisor', () => {
  const NISHA = 'Nisha@dealers.example';

  it('take any case, blanks and hyphens, and PENDING for none', () => {
    for (const status of ['in progress', 'In-Progress', ' IN_PROGRESS '])
      assert.equal(draftOf(judge({ status })).status, 'IN_PROGRESS');
    assert.equal(draftOf(judge({})).status, 'PENDING');
  });

  it('refuse an unknown status with the list of those there are', () => {
    const verdict = judge({ status: 'done' });
    assert.deepEqual(faultsOf(verdict), ['STATUS status']);
    assert.match(verdict.ok ? '' : (verdict.faults[0]?.message ?? ''), /"done".*PENDING, ASSIGNED/);
  });

  it('assign the booking to an active advisor of its dealer', () => {
    for (const status of ['', 'pending']) {
      const { advisor_id, status: entered } = draftOf(judge({ advisor_email: NISHA, status }));
      assert.deepEqual([advisor_id, entered], ['a1', 'ASSIGNED']);
    }
    const waiting = draftOf(judge({ advisor_email: NISHA, status: 'WAITLISTED' }));
    assert.deepEqual([waiting.advisor_id, waiting.status], ['a1', 'WAITLISTED']);
  });

  it("leave it unassigned, with a warning, for anybody's other address", () => {
    for (const cells of [
      { advisor_email: 'nobody@dealers.example' },
      { advisor_email: 'left@dealers.example' },
      { advisor_email: NISHA, dealer_code: 'DLR002' },
    ]) {
      const verdict = judge(cells);
      assert.deepEqual(warningsOf(verdict), ['UNKNOWN_ADVISOR']);
      assert.deepEqual([draftOf(verdict).advisor_id, draftOf(verdict).status], [null, 'PENDING']);
    }
  });

  it('let ASSIGNED without an advisor in as PENDING, with one warning', () => {
    for (const advisor_email of ['', 'nobody@dealers.example']) {
      const verdict = judge({ status: 'ASSIGNED', advisor_email });
      assert.deepEqual([draftOf(verdict).status, warningsOf(verdict)], ['PENDING', ['UNKNOWN_ADVISOR']]);
    }
  });

  it('keep a historical status as it is', () => {
    const verdict = judge({ status: 'ASSIGNED' }, { historical: true });
    assert.deepEqual([draftOf(verdict).status, warningsOf(verdict)], ['ASSIGNED', []]);
    assert.equal(draftOf(judge({ status: 'PENDING', advisor_email: NISHA }, { historical: true })).status, 'PENDING');
  });

  it('refuse an advisor_email that is no address', () => {
    assert.deepEqual(faultsOf(judge({ advisor_email: 'Nisha Rao' })), ['EMAIL advisor_email']);
  });
});

describe('a variant', () => {
  it('is found by code or name in any case', () => {
    for (const text of ['nexon-xz', ' NEXON XZ+ ']) {
      const { car_variant_id, metadata } = draftOf(judge({ car_variant: text }));
      assert.deepEqual([car_variant_id, metadata], ['v1', null]);
    }
  });

  it('nobody knows is kept as text, with a warning', () => {
    for (const text of ['Fantom GT', 'Twin']) {
      const verdict = judge({ car_variant: text });
      assert.deepEqual(warningsOf(verdict), ['UNKNOWN_VARIANT']);
      assert.deepEqual(draftOf(verdict).metadata, { carVariant: text });
    }
  });
});

describe('columns without a field', () => {
  const judgeWith = (header: string[], cells: Cell[], mapping = {}) =>
    compileRules(contextOf({ mapping }, [...HEADER, ...header]))({
      row: 1,
      line: 2,
      cells: ['S-1', 'Asha Rao', '', '', 'DLR001', '2027-03-04', '', '', '', '', ...cells],
    });

  it('go to the metadata by their names, with the position where the name is not enough', () => {
    const verdict = judgeWith(['Fuel', 'Extra', 'Extra', '', '__proto__'], ['CNG', 'a', number('2'), 'x', 'p']);
    assert.deepEqual(
      Object.entries(draftOf(verdict).metadata?.columns ?? {}),
      Object.entries({ Fuel: 'CNG', 'Extra #12': 'a', 'Extra #13': '2', '#14': 'x', ['__proto__']: 'p' }),
    );
  });

  it('leave no trace when empty, or mapped to null on purpose', () => {
    assert.equal(draftOf(judgeWith(['Fuel', 'Extra'], [' ', 'x'], { Extra: null })).metadata, null);
  });

  it('refuse cells beyond the header unless they are empty', () => {
    assert.deepEqual(faultsOf(judgeWith([], ['', 'lost', ''])), ['TOO_MANY_COLUMNS null']);
    assert.equal(faultsOf(judgeWith([], ['', ' '])), 'ok');
  });
});

describe('a damaged cell', () => {
  const judgeDamaged = (damaged: number[], cells: Cell[] = []) =>
    compileRules(contextOf({}, [...HEADER, 'Fuel']))({
      row: 1,
      line: 2,
      cells: ['S-1', 'Zo\\xE9', '12', '', 'DLR001', '2027-03-04', '', '', '', '', 'x\\x00', ...cells],
      damaged,
    });

  it('fails its row as ENCODING on its field, beside the other faults', () => {
    assert.deepEqual(faultsOf(judgeDamaged([1])), ['ENCODING customer_name', 'PHONE customer_phone']);
  });

  it('tells nothing else of its own field', () => {
    assert.deepEqual(faultsOf(judgeDamaged([2])), ['ENCODING customer_phone']);
  });

  it('fails its row in a column without a field, too', () => {
    assert.deepEqual(faultsOf(judgeDamaged([10])), ['ENCODING null', 'PHONE customer_phone']);
  });
});

describe('a cell of 10 MB', () => {
  const huge = 'x'.repeat(10_000_000);
  for (const column of HEADER)
    it(`fails its row quickly and with a short message in ${column}`, () => {
      const started = performance.now();
      const verdict = judge({ [column]: huge });
      assert.ok(!verdict.ok && verdict.faults.length === 1 && verdict.faults[0]?.field === column);
      assert.ok((verdict.faults[0]?.message.length ?? 0) < 300);
      assert.ok(performance.now() - started < 1000);
    });
});

describe('an error report that comes back', () => {
  it('is read as the rows were before they were made harmless', () => {
    const header = [...HEADER, 'Fuel', ...ERROR_COLUMNS];
    const cells = ['=S-1', '\tAsha', '+919876543210', '', 'DLR001', '2027-03-04', '', '', '', "'-note", '@fuel'];
    const judgeReport = compileRules(contextOf({}, header));
    const report = [...cells.map(escapeFormula), 'imp_1', '7', 'PHONE', 'customer_phone', "'-wrong"];
    const draft = draftOf(judgeReport({ row: 1, line: 2, cells: report }));
    assert.equal(draft.external_id, '=S-1');
    assert.equal(draft.customer_name, '\tAsha');
    assert.equal(draft.customer_phone, '+919876543210');
    assert.deepEqual(draft.metadata, { notes: "'-note", columns: { Fuel: '@fuel' } });
  });

  it('is the only kind of file that is read so', () => {
    assert.equal(draftOf(judge({ customer_name: "'=Asha" })).customer_name, "'=Asha");
  });
});
