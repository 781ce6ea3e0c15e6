import { documentMismatches, recordSeenOperations, watchAnswers } from './documented-answers.ts';
import { seedRandomTests } from './seed-random-tests.ts';

// Mocha loads it once in each process that runs tests, and calls the hook after each file.
watchAnswers();
seedRandomTests();

export const mochaHooks = {
  afterAll() {
    recordSeenOperations();
    const faults = documentMismatches();
    if (faults.length > 0) throw new Error(`the OpenAPI document and the API differ:\n${faults.join('\n')}`);
  },
};
