// The studio and the guest's pages run on the device alone; only the landing page is made ahead.
export const ssr = false;
export const prerender = false;
