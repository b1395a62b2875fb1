/** Address of the page with all photos of a face. @param face `<photo>/<x>,<y>` */
export const faceAddress = (event: string, face: string): string =>
	`/admin/people/face?${new URLSearchParams({ event, face })}`;
