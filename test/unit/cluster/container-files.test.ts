/** The files that start nodes in containers are well formed, and their commands are ones that there are. */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { type Document, parseAllDocuments } from 'yaml';
import { addStartCommand } from '../../../src/cli/start-command.ts';

const FOLDER = new URL('../../../cluster/container/', import.meta.url);

test('The Dockerfile is well formed, and starts what the package has', () => {
  const text = textOf('Dockerfile');
  expect(validate(text).map(({ message }) => message)).toEqual([]);
  expect(text).toContain('ENTRYPOINT ["quorate"]');
  expect(unknownOptions(text)).toEqual([]);
});

test('A fault in a Dockerfile would be seen', () => {
  expect(validate('FROM node\nRUNN true')).not.toEqual([]);
});

test('The compose file starts three nodes with options of quorate start', () => {
  const [file] = documentsOf<Compose>('compose.yaml');
  const { services = {}, volumes = {} } = file ?? {};
  expect(Object.keys(services)).toEqual(['n1', 'n2', 'n3']);
  for (const [name, { command, volumes: mounted, ports }] of Object.entries(services)) {
    expect(command[0]).toBe('start');
    expect(unknownOptions(command.join(' '))).toEqual([]);
    expect(command).toContain(name);
    expect(mounted).toEqual([`${name}:/data`]);
    expect(volumes).toHaveProperty(name);
    expect(ports.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
  }
});

test('The StatefulSet starts nodes with options of quorate start, and probes that they answer', () => {
  const documents = documentsOf<Resource>('statefulset.yaml');
  const kinds = documents.map(({ kind }) => kind);
  expect(kinds).toEqual(['Service', 'Service', 'PodDisruptionBudget', 'StatefulSet']);
  const [container] = documents[3]?.spec.template?.spec.containers ?? [];
  expect(unknownOptions(container?.args.join(' ') ?? '')).toEqual([]);
  expect(container?.readinessProbe.httpGet.path).toBe('/readyz');
  expect(container?.livenessProbe.httpGet.path).toBe('/healthz');
});

test('An option that there is not would be seen', () => {
  expect(unknownOptions('start --data /data --dta /x')).toEqual(['--dta']);
});

interface Compose {
  readonly services: Readonly<
    Record<string, { command: readonly string[]; volumes: unknown; ports: readonly string[] }>
  >;
  readonly volumes: object;
}

interface Probe {
  readonly httpGet: { readonly path: string };
}

interface Container {
  readonly args: readonly string[];
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Resource {
  readonly kind: string;
  readonly spec: {
    readonly template?: { readonly spec: { readonly containers: readonly Container[] } };
  };
}

function textOf(file: string): string {
  return readFileSync(new URL(file, FOLDER), 'utf8');
}

/** Of one file, as plain values. */
function documentsOf<Value>(file: string): readonly Value[] {
  const documents = parseAllDocuments(textOf(file), { merge: true }) as readonly Document[];
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  return documents.map((document) => document.toJS() as Value);
}

/** Of what follows the word start. */
function unknownOptions(text: string): readonly string[] {
  const program = new Command();
  addStartCommand(program);
  const known = new Set(program.commands[0]?.options.map(({ long }) => long));
  const given = text
    .split(/\bstart\b/)
    .slice(1)
    .flatMap((rest) => rest.split('\n')[0]?.match(/--[a-z][a-z-]*/g) ?? []);
  return given.filter((option) => !known.has(option));
}
