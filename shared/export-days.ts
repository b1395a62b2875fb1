/** Days that a finished archive of a workspace can be fetched. */
export const EXPORT_DAYS = 3;
