/**
 * A certificate, its key and the authorities to trust, from PEM files, and taken anew when these
 * change. Who is connected stays connected: certificates are looked at when a connection opens.
 */

import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Logger } from '../../ports/logger.ts';
import { LiveFiles } from '../live-files.ts';

/** Paths of PEM files. */
export interface CredentialFiles {
  /** The certificate, and behind it those between it and the authority. */
  readonly cert: string;
  readonly key: string;
  /** Certificates of the authorities that others must have theirs from. */
  readonly ca?: string;
}

export interface Credentials {
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
  /** The end of the certificate's validity, in milliseconds since 1970. */
  readonly expiresAt: number;
}

export type LiveCredentials = LiveFiles<Credentials>;

/**
 * Throws what is wrong with the files. A certificate that is not valid now is taken at first,
 * with an error in the log, as a node that is down helps nobody; later it takes the place of
 * none that is in force.
 */
export function openCredentials(
  what: string,
  { cert, key, ca }: CredentialFiles,
  logger: Logger,
): LiveCredentials {
  let inForce = false;
  return new LiveFiles({
    what,
    files: [
      { path: cert, secret: false },
      { path: key, secret: true },
      ...(ca === undefined ? [] : [{ path: ca, secret: false }]),
    ],
    parse: ([certText, keyText, caText]) => {
      const certificate = certificateIn(cert, certText);
      if (caText !== undefined) certificateIn(ca ?? '', caText);
      const options: SecureContextOptions = {
        minVersion: 'TLSv1.2',
        cert: certText,
        key: keyText,
        ...(caText !== undefined && { ca: caText }),
      };
      const context = contextOf(options, `${cert} and ${key}`);
      const invalid = whyNotValid(cert, certificate);
      if (invalid !== undefined && inForce) throw new Error(invalid);
      if (invalid !== undefined) logger.error('certificate not valid', { what, reason: invalid });
      inForce = true;
      return { options, context, expiresAt: Date.parse(certificate.validTo) };
    },
    logger,
  });
}

function certificateIn(path: string, pem: Buffer | undefined): X509Certificate {
  try {
    return new X509Certificate(pem ?? '');
  } catch {
    throw new Error(`${path} holds no certificate in PEM form`);
  }
}

function contextOf(options: SecureContextOptions, files: string): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${files} are no certificate and its key: ${reason}`);
  }
}

function whyNotValid(path: string, { validFrom, validTo }: X509Certificate): string | undefined {
  const now = Date.now();
  if (now > Date.parse(validTo)) return `${path} expired at ${validTo}`;
  return now < Date.parse(validFrom) ? `${path} is not valid before ${validFrom}` : undefined;
}
