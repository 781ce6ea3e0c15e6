import type { Recording, Scenarios } from './open-recording.ts';

const run = ({ temporal: { client } }: Recording, name: string): Promise<unknown> =>
  client.workflow.execute('RetentionWorkflow', { workflowId: name, taskQueue: 'bookings', args: [] });

export const RETENTION_SCENARIOS: Scenarios = {
  'retention-deletes': async (on, name) => {
    await run(on, name);
    await on.save(name, name);
  },
  'retention-fails-for-a-kind': async (on, name) => {
    await on.stack.store.run(`
      create function refuse_deletes() returns trigger language plpgsql as $f$ begin
        raise exception 'not now';
      end $f$;
      create trigger refuse_deletes before delete on booking_commands for each statement execute function refuse_deletes()`);
    await run(on, name).catch(() => {});
    await on.stack.store.run('drop function refuse_deletes cascade');
    await on.save(name, name);
  },
};
