/** Certificates for clusters on this machine, from an authority that is made on the spot. */

import type { webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { X509Certificate } from '@peculiar/x509';

/** The package asks whether there is reflection of decorated types, and makes no use of it. */
Object.assign(Reflect, {
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => {},
});
const x509 = await import('@peculiar/x509');

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

export interface IssuedCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** Paths of PEM files, as the options of `quorate start` take them. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface CertificateOptions {
  /** Names and addresses that it is good for. */
  readonly hosts?: readonly string[];
  /** From now; below 0: it has expired. */
  readonly daysLeft?: number;
}

export class CertificateAuthority {
  /** Its own certificate, PEM. */
  readonly pem: string;
  readonly #certificate: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificate: X509Certificate, key: webcrypto.CryptoKey) {
    this.pem = certificate.toString('pem');
    this.#certificate = certificate;
    this.#key = key;
  }

  static async create(name = 'test authority'): Promise<CertificateAuthority> {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      signingAlgorithm: ALGORITHM,
      ...validity(1),
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    return new CertificateAuthority(certificate, keys.privateKey);
  }

  /** For servers and for callers, as nodes are both. */
  async issue(options: CertificateOptions = {}): Promise<IssuedCertificate> {
    const { hosts = ['127.0.0.1', 'localhost'], daysLeft = 1 } = options;
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const names = hosts.map((host) => {
      return { type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const), value: host };
    });
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${hosts[0]}`,
      issuer: this.#certificate.subjectName,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: ALGORITHM,
      ...validity(daysLeft),
      extensions: [new x509.SubjectAlternativeNameExtension(names)],
    });
    const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
    return {
      cert: certificate.toString('pem'),
      key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    };
  }

  /** Issues one, and writes it, its key and our own certificate into the folder. */
  async writeInto(folder: string, options?: CertificateOptions): Promise<CertificateFiles> {
    await mkdir(folder, { recursive: true });
    const { cert, key } = await this.issue(options);
    const files = { cert: 'cert.pem', key: 'key.pem', ca: 'ca.pem' };
    await writeFile(join(folder, files.cert), cert);
    await writeFile(join(folder, files.key), key, { mode: 0o600 });
    await writeFile(join(folder, files.ca), this.pem);
    return {
      cert: join(folder, files.cert),
      key: join(folder, files.key),
      ca: join(folder, files.ca),
    };
  }
}

function validity(daysLeft: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return {
    notBefore: new Date(now - 2 * DAY_MS),
    notAfter: new Date(now + daysLeft * DAY_MS),
  };
}
