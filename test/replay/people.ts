import type { Store } from '../support/store.ts';

/** Whoever stands in the recorded bookings: none of it may be found in a history. */
export const PERSON = {
  name: 'Zora Quillfeather',
  phone: '+919876501234',
  email: 'zora@quillfeather.example',
  said: 'Zora Quillfeather rang',
};
export const ADVISOR = 'A1';
export const OTHER_ADVISOR = 'A2';

export async function addPeople(store: Store): Promise<void> {
  await store.run(
    `insert into advisors (id, email, name) values
       ($1, 'ivo@tumblewick.example', 'Ivo Tumblewick'), ($2, 'mia@tumblewick.example', 'Mia Tumblewick')`,
    [ADVISOR, OTHER_ADVISOR],
  );
  await store.run(`insert into advisor_dealers (advisor_id, dealer_id, is_home) select id, 'd1', true from advisors`);
}

/** All of them, as they must not stand in a history. */
export const PERSONAL = [...Object.values(PERSON), 'Quillfeather', 'Tumblewick', 'Zora', 'alice', '127.0.0.1'];
