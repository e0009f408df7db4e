/** Why a data directory cannot be used, in words for the operator. */

export type DataDirectoryFailure =
  /** Another process uses it. */
  | 'in_use'
  /** It holds files that are not ours. */
  | 'foreign'
  /** It is ours, in a format that this version cannot read, or damaged. */
  | 'format'
  /** It is another node's. */
  | 'identity'
  /** The file system refused. */
  | 'unusable';

/** The directory cannot be used; the message names it and says what would be right. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
  readonly failure: DataDirectoryFailure;

  constructor(failure: DataDirectoryFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
