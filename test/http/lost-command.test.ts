import assert from 'node:assert/strict';
import { QueryTypes } from 'sequelize';
import { type RunningApi, startApi } from './running-api.ts';

// Temporal is away in these: the API must answer from what Postgres has kept of the command.
describe('a change that nobody could apply yet', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  const change = async () => {
    const [booking] = await api.owner.query<{ id: string }>(
      "insert into bookings (customer_name) values ('Asha Rao') returning id",
      { type: QueryTypes.SELECT },
    );
    const { status, headers, body } = await api.call('PATCH', `/api/admin/bookings/${booking?.id}/status`, {
      body: { status: 'CANCELLED' },
    });
    return { status, code: body.code, state: body.state, retryAfter: headers.get('retry-after') !== null };
  };

  it('is accepted', async () => {
    assert.deepEqual(await change(), { status: 202, code: undefined, state: 'ACCEPTED', retryAfter: false });
  });

  it('is to be sent again when the database has lost it', async () => {
    // As a crash leaves it, before what was committed last is on the disk.
    await api.owner.query(`
      create function lose_command() returns trigger language plpgsql as $$
      begin delete from booking_commands where id = new.id; return null; end $$;
      create trigger lost after insert on booking_commands for each row execute function lose_command();`);
    assert.deepEqual(await change(), {
      status: 503,
      code: 'DATABASE_UNAVAILABLE',
      state: undefined,
      retryAfter: true,
    });
    await api.owner.query('drop trigger lost on booking_commands');
  });
});
