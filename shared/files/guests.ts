/** Name of the workspace's setting that gives guests originals as they were taken, with place and serial numbers. */
export const GUESTS_LOCATION = 'guestsGetLocation';
