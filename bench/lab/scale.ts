/** How large an experiment is made: what each scale means is the experiment's to say. */

/** `tiny`: seconds, to see that it runs and shows what theory demands. */
export const SCALES = ['tiny', 'small', 'full'] as const;

export type Scale = (typeof SCALES)[number];

/** Of an experiment's sizes by scale, those of the one that is asked for. */
export function sizeOf<Size>(scale: Scale, sizes: Readonly<Record<Scale, Size>>): Size {
  return sizes[scale];
}
