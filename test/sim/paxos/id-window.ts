/** In the place of src/repair/id-window.ts: so short that registers are erased within a run. */

export const ID_WINDOW_MS = 400;
