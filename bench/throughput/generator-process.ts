/** The process behind `generator.ts`: does one job after the other until its parent is gone. */

import { runSdkLoop } from '../sdk/sdk-loop.ts';
import { makeWorkload } from './cases.ts';
import { runClosedLoop, runRequests } from './closed-loop.ts';
import type { Target } from './contestant.ts';
import { etcdWorkload } from './etcd-workload.ts';
import type { GeneratorJob } from './generator.ts';
import { HttpConnection } from './http-connection.ts';
import { runOpenLoop } from './open-loop.ts';
import type { Measurement } from './recording.ts';

process.on('message', async (job: GeneratorJob) => {
  if (job.client !== undefined) return process.send?.(await runSdkLoop(job, job.client));
  const connections = Array.from({ length: job.connections }, (_, i) => {
    return new HttpConnection(job.targets[i % job.targets.length] as Target);
  });
  const measurement = await run(job, connections);
  for (const connection of connections) connection.close();
  process.send?.(measurement);
});

function run(
  { workload: plan, drive }: GeneratorJob,
  connections: readonly HttpConnection[],
): Promise<Measurement> {
  const workload = plan.api === 'etcd' ? etcdWorkload(plan) : makeWorkload(plan);
  switch (drive.loop) {
    case 'closed':
      return runClosedLoop(connections, workload, drive);
    case 'open':
      return runOpenLoop(connections, workload, drive);
    case 'count':
      return runRequests(connections, workload, drive.requests);
  }
}
