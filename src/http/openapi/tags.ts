/** The groups of operations, in the order in which they are read about. */

export const TAGS = {
  Keys: 'Read, write and delete the value of one key. What a request may ask for depends on the mode of its bucket: `dynamo` (the default: siblings, quorums chosen by each request), `paxos` (linearizable, kept like dynamo buckets) or `raft` (linearizable, small, can be watched).',
  Listing: 'The keys of a bucket, and many operations in one request.',
  Watch: 'Changes to a bucket of mode raft, as they happen.',
  Buckets:
    'Make, change and delete buckets. A bucket of mode dynamo with default settings needs no making: it is there with its first write.',
  Leases:
    'Promises with a time limit. Keys of raft buckets that were put under a lease go when it ends.',
  Cluster: 'The cluster as the node that is asked sees it.',
  Ring: 'Change which nodes keep what: stage changes, look at the plan, commit it, follow the transfers.',
  Repair:
    'How the replicas stand to each other, and what can be done where data was damaged or a node is lost for good.',
  Backup:
    'What `quorate backup` and `quorate restore` ask of each node: a copy of what it keeps, and keys of a copy on their way back.',
  'Other nodes': 'Requests that one node carries to another.',
  Faults:
    'Faults that a node gives to itself, for experiments. Only a node that was started for it takes them.',
  Health: 'For load balancers, process supervisors and Prometheus.',
  Dashboard: 'A page for browsers, at `/ui`.',
  Description: 'This description itself.',
} as const;

export type Tag = keyof typeof TAGS;
