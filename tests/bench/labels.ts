// Who is on the sample photos, by hand: centres of faces as fractions of the photo. People named alike are the same
// person; a face that nobody could name for certain (in profile, eyes closed) has no name and is in no pair.
export const people: Record<1 | 2 | 3 | 4 | 5 | 6, [x: number, y: number, name: string | null][]> =
	{
		1: [
			[0.25, 0.39, '1a'],
			[0.81, 0.27, 'red-haired'],
			[0.47, 0.44, 'dark-haired']
		],
		2: [
			[0.79, 0.21, '2a'],
			[0.22, 0.21, null],
			[0.52, 0.26, '2c']
		],
		3: [
			[0.35, 0.35, '3a'],
			[0.6, 0.27, 'red-haired'],
			[0.84, 0.33, '3c']
		],
		4: [
			[0.54, 0.23, '4a'],
			[0.2, 0.23, 'dark-haired'],
			[0.7, 0.19, '4c'],
			[0.38, 0.14, '4d']
		],
		5: [
			[0.77, 0.39, '5a'],
			[0.45, 0.16, '5b'],
			[0.25, 0.74, '5c'],
			[0.62, 0.24, '5d'],
			[0.37, 0.4, '5e']
		],
		6: [
			[0.39, 0.31, '6a'],
			[0.66, 0.3, '6b'],
			[0.82, 0.27, '6c'],
			[0.19, 0.41, '6d']
		]
	};
