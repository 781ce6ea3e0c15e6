import assert from 'node:assert/strict';
import { type AskedCustomer, toCustomerKey } from '../../src/domain/customer.ts';
import { openStore, type Store } from '../support/store.ts';

describe('what a customer’s phone or e-mail looks like in a text', () => {
  let store: Store;
  before(async () => {
    store = await openStore({ dealers: false });
  });
  after(() => store.close());

  /** The text with a star in place of each trace; by the quick look too, which must miss nothing. */
  async function starred(asked: AskedCustomer, text: string): Promise<string> {
    const key = toCustomerKey(asked);
    assert.ok(key.ok);
    const [found] = await store.rows<{ text: string; roughly: boolean }>(
      `select regexp_replace($2, customer_pattern(c), '*', 'gi') as text, $2 ~* rough_pattern(c) as roughly
       from to_customer_key($1::jsonb) c`,
      [JSON.stringify(key.value), text],
    );
    assert.ok(found?.roughly || found?.text === text, text);
    return found?.text ?? '';
  }

  const INDIAN = { phone: '+91 98123 45678' };
  const BRITISH = { phone: '+44 20 7946 0018' };
  const CASES: [AskedCustomer, string, string][] = [
    [INDIAN, '+919812345678', '*'],
    [INDIAN, 'at 0091 98123-45678, or 98123 45678', 'at *, or *'],
    [INDIAN, '919812345678 (0)9812345678 098123.45678', '* (* *'],
    [INDIAN, 'order 1298123456780, 298123456781', 'order 1298123456780, 298123456781'],
    [INDIAN, '+81 98-1234-5678 and +1 (981) 234-5678', '+81 98-1234-5678 and +1 (981) 234-5678'],
    [INDIAN, '["98123","45678"]', '["98123","45678"]'],
    [BRITISH, '+44 (0)20 7946 0018; 020 7946 0018', '*; *'],
    [{ email: 'Asha.Rao+x@Example.com' }, 'to asha.rao+x@example.com.', 'to *.'],
    [
      { email: 'asha@example.com' },
      'natasha@example.com asha@example.com.au',
      'natasha@example.com asha@example.com.au',
    ],
    [{ ...INDIAN, email: 'a@b.example' }, 'a@b.example/9812345678', '*/*'],
  ];
  for (const [asked, text, expected] of CASES)
    it(`is found, or not, in ${text}`, async () => assert.equal(await starred(asked, text), expected));

  it('is nothing without phone and e-mail, rather than everything', async () => {
    await assert.rejects(
      store.run(`select customer_pattern(to_customer_key('{"name": "Asha"}'))`),
      /by phone or by e-mail/,
    );
  });
});
