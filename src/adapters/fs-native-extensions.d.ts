/** The part of fs-native-extensions that is used here; the package declares no types. */
declare module 'fs-native-extensions' {
  /**
   * Locks the whole file for this open file description, exclusively. False when another one
   * holds it. The kernel releases it when the description is closed or its process dies.
   */
  export function tryLock(fd: number): boolean;
}
