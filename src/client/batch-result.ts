/** What POST `/batch` answers of one operation. */

export interface BatchValue {
  readonly value?: string;
  readonly valueBase64?: string;
  readonly contentType: string;
  readonly meta?: Readonly<Record<string, string>>;
  readonly wallTime?: string;
  readonly expiresAt?: string;
  readonly dot?: string;
}

export interface BatchResult {
  readonly status: number;
  readonly context?: string;
  readonly version?: string;
  readonly revision?: number;
  readonly siblings?: readonly BatchValue[];
  readonly problem?: {
    readonly code: string;
    readonly detail: string;
    readonly definite?: boolean;
    readonly retry?: boolean;
  };
}
