/** Name of the workspace's setting that gives guests originals as they were taken, with place and serial numbers. */
export const GUESTS_LOCATION = 'guestsGetLocation';

/** The most bytes of the picture of their face that a guest may send. */
export const MAX_PICTURE_BYTES = 32 * 1024;
