/** The process behind `generator.ts`: does one job after the other until its parent is gone. */

import { drive } from './drives.ts';
import type { GeneratorJob } from './generator-job.ts';
import { connectStore } from './stores/connect-store.ts';

process.on('message', (job: GeneratorJob) => {
  run(job).then(
    (measured) => process.send?.({ measured }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});

async function run(job: GeneratorJob) {
  const store = await connectStore(job.store);
  try {
    return await drive(store, job);
  } finally {
    await store.close();
  }
}
