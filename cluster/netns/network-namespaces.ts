/**
 * A network of its own for each of some processes, made of Linux network namespaces: one for
 * each name, joined by veth pairs to a bridge, at which this process can be reached too.
 *
 *   const why = whyNoNamespaces();
 *   if (why !== undefined) throw new Error(why);
 *   const network = NetworkNamespaces.create(['n1', 'n2', 'n3']);
 *   spawn(...network.place('n1').launcher, 'my-server');
 *   network.partition(['n1'], ['n2', 'n3']);
 *   network.takeDown('n2');
 *   network.heal();
 *   network.close();
 *
 * A link that is taken down cuts a namespace off from everybody, this process included. A cut
 * is between two of them, in one direction: the kernel of the sender is told a wrong hardware
 * address of the other, so that all that it sends there vanishes on the way. In neither case
 * does anybody hear of an error; that is what sets these faults apart from broken connections.
 *
 * What was made bears the id of this process in its name, is removed when it exits, and, where
 * it was killed, by `removeLeftNamespaces` of the next one (`node dist/cluster/netns/main.js
 * clean`).
 */

import {
  failureOf,
  ip,
  type Owned,
  ownedLinks,
  ownedName,
  ownedNamespaces,
  runIp,
} from './ip-command.ts';

/** How to run a process in a namespace, and where others reach it. */
export interface Place {
  readonly host: string;
  /** The command to put before that of the process. */
  readonly launcher: readonly [string, ...string[]];
}

interface Namespace {
  readonly name: string;
  readonly address: string;
  /** Of the veth pair, the end at the bridge. */
  readonly link: string;
}

/** The end of each veth pair that is in the namespace. */
const INSIDE = 'eth0';
/** Nobody has it: a locally administered address. */
const NOBODY = '02:00:00:00:00:01';
const NAMESPACES_MAX = 250;
const OWN_ADDRESS = 254;

/** What is missing on this machine; undefined: nothing. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  const present = runIp(['-V']);
  if (present.error !== undefined) return 'the command ip (iproute2) is missing';
  const { netns, link } = ownedName('probe');
  const made = failureOf(['netns', 'add', netns]);
  if (made !== undefined) return `network namespaces cannot be made, which takes root: ${made}`;
  const pair = ['link', 'add', link, 'type', 'veth', 'peer', 'name', INSIDE, 'netns', netns];
  const veth = failureOf(pair);
  if (veth === undefined) ip('link', 'delete', link);
  ip('netns', 'delete', netns);
  return veth === undefined ? undefined : `veth pairs cannot be made: ${veth}`;
}

/** Of processes that are gone; returns the names of what was removed. */
export function removeLeftNamespaces(): readonly string[] {
  return removeAll((owner) => !isAlive(owner));
}

/** Takes links first: that to a namespace goes with it only some time later. */
function removeAll(isOfInterest: (owner: number) => boolean): readonly string[] {
  const owned = [...ownedLinks(), ...ownedNamespaces()];
  const wanted = owned.filter(({ owner }) => isOfInterest(owner));
  for (const { kind, name } of wanted) remove(kind, name);
  return wanted.map(({ name }) => name);
}

function remove(kind: Owned['kind'], name: string): void {
  if (kind === 'namespace') ip('netns', 'delete', name);
  else ip('link', 'delete', name);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export class NetworkNamespaces {
  readonly #namespaces = new Map<string, Namespace>();
  readonly #cuts = new Map<string, readonly [Namespace, Namespace]>();
  readonly #down = new Set<Namespace>();
  readonly #onExit = () => this.close();

  /** Throws, with nothing left behind, where this machine does not let it. */
  static create(names: readonly string[]): NetworkNamespaces {
    if (names.length > NAMESPACES_MAX) throw new Error(`at most ${NAMESPACES_MAX} namespaces`);
    removeLeftNamespaces();
    const network = new NetworkNamespaces();
    process.once('exit', network.#onExit);
    try {
      network.#make(names);
      return network;
    } catch (error) {
      network.close();
      throw error;
    }
  }

  private constructor() {}

  place(name: string): Place {
    const { name: netns, address } = this.#get(name);
    return { host: address, launcher: ['ip', 'netns', 'exec', netns] };
  }

  /** What `from` sends never gets to `to`. */
  cut(from: string, to: string): void {
    const [sender, receiver] = [this.#get(from), this.#get(to)];
    this.#cuts.set(`${from} ${to}`, [sender, receiver]);
    const entry = [receiver.address, 'lladdr', NOBODY, 'dev', INSIDE, 'nud', 'permanent'];
    ip('-n', sender.name, 'neigh', 'replace', ...entry);
  }

  /** Nothing passes between the two sides, in either direction. */
  partition(a: readonly string[], b: readonly string[]): void {
    for (const one of a) {
      for (const other of b) {
        this.cut(one, other);
        this.cut(other, one);
      }
    }
  }

  /** Nothing passes between it and anybody else, until `heal`. */
  takeDown(name: string): void {
    const namespace = this.#get(name);
    ip('link', 'set', namespace.link, 'down');
    this.#down.add(namespace);
  }

  /**
   * What it sends arrives so much later; 0: at once. Throws where the kernel has no netem.
   */
  delay(name: string, delayMs: number): void {
    const { name: netns } = this.#get(name);
    const discipline = ['root', 'netem', 'delay', `${delayMs}ms`];
    const failure = failureOf(
      ['-n', netns, 'qdisc', 'replace', 'dev', INSIDE, ...discipline],
      'tc',
    );
    if (failure !== undefined) throw new Error(`this kernel delays no packets (netem): ${failure}`);
  }

  /** Ends cuts and takes links up; delays stay. */
  heal(): void {
    for (const [sender, receiver] of this.#cuts.values()) {
      ip('-n', sender.name, 'neigh', 'delete', receiver.address, 'dev', INSIDE);
    }
    for (const { link } of this.#down) ip('link', 'set', link, 'up');
    this.#cuts.clear();
    this.#down.clear();
  }

  /** Removes them. Processes that still run in one are cut off for good. */
  close(): void {
    process.off('exit', this.#onExit);
    removeAll((owner) => owner === process.pid);
    this.#namespaces.clear();
  }

  #make(names: readonly string[]): void {
    const { link: bridge } = ownedName('br');
    const subnet = subnetOf(process.pid);
    ip('link', 'add', bridge, 'type', 'bridge');
    ip('address', 'add', `${subnet}.${OWN_ADDRESS}/24`, 'dev', bridge);
    ip('link', 'set', bridge, 'up');
    for (const [i, id] of names.entries()) {
      const { netns: name } = ownedName(id);
      const { link } = ownedName(String(i + 1));
      const address = `${subnet}.${i + 1}`;
      ip('netns', 'add', name);
      ip('link', 'add', link, 'type', 'veth', 'peer', 'name', INSIDE, 'netns', name);
      ip('link', 'set', link, 'master', bridge, 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
      ip('-n', name, 'address', 'add', `${address}/24`, 'dev', INSIDE);
      ip('-n', name, 'link', 'set', INSIDE, 'up');
      this.#namespaces.set(id, { name, address, link });
    }
  }

  #get(name: string): Namespace {
    const found = this.#namespaces.get(name);
    if (found === undefined) throw new Error(`there is no namespace for ${name}`);
    return found;
  }
}

/** Of processes whose ids are near to each other different ones, so that both may run. */
function subnetOf(pid: number): string {
  return `10.${64 + (Math.floor(pid / 256) % 128)}.${pid % 256}`;
}
