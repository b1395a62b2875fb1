/** Name of what the browser wakes the service worker for, where it can. */
export const SYNC_TAG = 'aura-transfers';
