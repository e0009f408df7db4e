/**
 * The law of the house (ARCHITECTURE.md, "The house"): what each folder may import.
 *
 * A folder may always import itself, so it is not listed. An entry is a folder of src/, the
 * path of the one file in it that others may use, or `bench` or `cluster` at the top.
 */

const floors: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  ports: ['kernel'],
  causality: ['kernel'],
  ring: ['kernel'],
  merkle: ['kernel'],
  raft: ['kernel'],
  gossip: ['kernel'],
  metadata: ['kernel', 'ring', 'raft'],
  replica: ['kernel', 'ports', 'causality', 'ring', 'merkle'],
  routing: ['kernel', 'ports', 'causality', 'ring', 'replica'],
  paxos: ['kernel', 'ports', 'ring', 'causality', 'replica', 'routing'],
  coordinator: ['kernel', 'ports', 'causality', 'ring', 'replica', 'routing', 'paxos'],
  repair: ['kernel', 'ports', 'causality', 'ring', 'merkle', 'replica', 'paxos'],
  node: [
    'kernel',
    'ports',
    'causality',
    'ring',
    'merkle',
    'raft',
    'gossip',
    'metadata',
    'replica',
    'routing',
    'paxos',
    'coordinator',
    'repair',
  ],
  adapters: ['kernel', 'ports'],
  http: ['kernel', 'node/index.ts', 'pbs'],
  client: ['kernel', 'ring'],
  dashboard: ['kernel', 'client', 'checkers'],
  checkers: ['kernel'],
  sim: ['kernel', 'ports', 'node'],
  pbs: ['kernel'],
  cli: ['kernel', 'node', 'adapters', 'http', 'client', 'checkers', 'pbs', 'bench', 'cluster'],
};

export const layerTable: Readonly<Record<string, readonly string[]>> = {
  ...floors,
  bench: [...Object.keys(floors), 'cluster'],
  cluster: Object.keys(floors),
};

/** Folders at the top that hold code under the law; each folder of the first is a layer. */
export const codeFolders = ['src', 'bench', 'cluster'] as const;

/** The layer of a path in the repository: `src/ring/ring.ts` is of `ring`, `bench/x.ts` of `bench`. */
export function layerOf(path: string): string | undefined {
  const [top, folder, ...rest] = path.split('/');
  if (top === 'src') return rest.length > 0 ? folder : undefined;
  return top === 'bench' || top === 'cluster' ? top : undefined;
}

/** Whether the table has the arrow from the layer to the file at the path. */
export function mayImport(layer: string, path: string): boolean {
  const target = layerOf(path);
  if (target === undefined) return false;
  if (target === layer) return true;
  const allowed = layerTable[layer] ?? [];
  return allowed.includes(target) || allowed.some((entry) => path === `src/${entry}`);
}
