/** One Quorate node as a process on this machine, with its own directory and log. */

import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { quoted } from '../src/cli/terminal-text.ts';
import type { ConnectionOptions } from '../src/client/connection.ts';
import { compiledModule } from './compiled-module.ts';
import { ServerProcess } from './server-process.ts';

export interface NodeProcessOptions {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** The node's own directory and its log are made in here. */
  readonly parentDirectory: string;
  /** Further options of `quorate start`, among them how it comes to its cluster. */
  readonly startOptions: readonly string[];
  /** On loopback by default. */
  readonly place?: NodePlace | undefined;
  /** The compiled command of another version; that of this one if none is named. */
  readonly script?: string;
  /** How its clients are let in, where `startOptions` ask for something; with `tls`, by https. */
  readonly access?: ConnectionOptions | undefined;
}

/** A network in which a node runs: its address there, and the command that runs others in it. */
export interface NodePlace {
  readonly host: string;
  readonly launcher: readonly string[];
}

export const LOOPBACK: NodePlace = { host: '127.0.0.1', launcher: [] };

/** The compiled command. */
export const QUORATE_COMMAND = compiledModule('src/cli/main');

export class NodeProcess extends ServerProcess {
  /** Where clients reach it. */
  readonly url: string;
  /** Where other nodes reach it. */
  readonly peerAddress: string;
  readonly dataDirectory: string;
  readonly #launcher: readonly string[];
  readonly #arguments: readonly string[];

  constructor(options: NodeProcessOptions) {
    const { name, clientPort, peerPort, parentDirectory, place = LOOPBACK } = options;
    const { script = QUORATE_COMMAND, access = {} } = options;
    const { host, launcher } = place;
    const url = `${access.tls === undefined ? 'http' : 'https'}://${host}:${clientPort}`;
    const open = place === LOOPBACK ? [] : ['--host', host, '--insecure'];
    const startOptions = [...open, ...options.startOptions];
    const dataDirectory = nodeDirectory(parentDirectory, name);
    const ports = ['--port', String(clientPort), '--peer-port', String(peerPort)];
    const args = ['start', '--name', name, '--data', dataDirectory, ...ports, ...startOptions];
    super({
      name,
      script,
      arguments: args,
      logFile: join(parentDirectory, `${name}.log`),
      readyUrl: `${url}/readyz`,
      readyCa: access.tls?.ca,
      launcher,
    });
    this.url = url;
    this.peerAddress = `${host}:${peerPort}`;
    this.dataDirectory = dataDirectory;
    this.#launcher = launcher;
    this.#arguments = args;
  }

  /** For a shell in this process's working directory: what starts this node by hand. */
  get command(): string {
    const program = ['node', relative('', this.script)];
    return [...this.#launcher, ...program, ...this.#arguments].map(quoted).join(' ');
  }

  override async start(): Promise<void> {
    if (!existsSync(this.script)) {
      throw new Error(`${this.script} is missing: run npm run build first`);
    }
    await mkdir(dirname(this.logFile), { recursive: true });
    await super.start();
  }

  /** Loses its disk. It must not be running. */
  async wipe(): Promise<void> {
    if (this.isRunning) throw new Error(`${this.name} is running: stop or kill it before`);
    await rm(this.dataDirectory, { recursive: true, force: true });
  }
}

export function nodeDirectory(parentDirectory: string, name: string): string {
  return join(parentDirectory, name);
}
