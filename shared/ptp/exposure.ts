// What photographers turn: values as they are written on a camera, and the numbers behind them.
import { Property } from './codes.ts';

export const exposureNames = [
	'aperture',
	'shutter',
	'iso',
	'compensation',
	'whiteBalance'
] as const;
export type ExposureName = (typeof exposureNames)[number];

/** How one maker numbers a setting. */
export interface Scale {
	property: number;
	/** 'f/5.6', '1/200', '+0.3' */
	show(raw: number): string;
}

const third = (value: number) => Math.round(value * 3) / 3;
const signed = (value: number): string => {
	if (Math.abs(value) < 0.05) return '0';
	return `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(1).replace('.0', '')}`;
};
const aperture = (number: number) =>
	`f/${number < 10 ? Number(number.toFixed(1)) : Math.round(number)}`;

/** What is engraved comes nearest to what is exact, in stops. */
const nearest = (engraved: number[], exact: number): number => {
	const distance = (to: number) => Math.abs(Math.log2(exact / to));
	return engraved.reduce((best, to) => (distance(to) < distance(best) ? to : best));
};

/** Times as cameras write them, seconds (ISO 2721 rounding, as engraved). */
const times = [
	30, 25, 20, 15, 13, 10, 8, 6, 5, 4, 3.2, 2.5, 2, 1.6, 1.3, 1, 0.8, 0.6, 0.5, 0.4, 0.3
];
const fractions = [
	4, 5, 6, 8, 10, 13, 15, 20, 25, 30, 40, 50, 60, 80, 100, 125, 160, 200, 250, 320, 400, 500, 640,
	800, 1000, 1250, 1600, 2000, 2500, 3200, 4000, 5000, 6400, 8000, 16000, 32000
];

/** 0.005 to '1/200', 1.3 to '1.3″': the nearest time that is engraved. */
export function showTime(seconds: number): string {
	if (!(seconds > 0)) return 'B';
	const exact = nearest([...times, ...fractions.map((entry) => 1 / entry)], seconds);
	return times.includes(exact) ? `${exact}″` : `1/${Math.round(1 / exact)}`;
}

const named =
	(names: Record<number, string>) =>
	(raw: number): string =>
		names[raw] ?? `Other (${raw})`;

/** The standard's own properties, PTP 13.3.5. */
export const standardScales: Record<ExposureName, Scale> = {
	/** hundredths of the f-number */
	aperture: { property: Property.FNumber, show: (raw) => aperture(raw / 100) },
	/** ten thousandths of a second */
	shutter: {
		property: Property.ExposureTime,
		show: (raw) => (raw === 0xffffffff ? 'B' : showTime(raw / 10_000))
	},
	iso: { property: Property.ExposureIndex, show: (raw) => (raw === 0xffff ? 'Auto' : `${raw}`) },
	/** thousandths of a stop */
	compensation: { property: Property.ExposureBias, show: (raw) => signed(third(raw / 1000)) },
	whiteBalance: {
		property: Property.WhiteBalance,
		show: named({
			1: 'Manual',
			2: 'Auto',
			3: 'One push',
			4: 'Daylight',
			5: 'Fluorescent',
			6: 'Tungsten',
			7: 'Flash',
			0x8010: 'Cloudy',
			0x8011: 'Shade',
			0x8012: 'Kelvin',
			0x8013: 'Preset'
		})
	}
};

/** Canon counts in eighths of a stop (APEX): thirds are 3 and 5, halves 4. */
const eighths = (raw: number): number => {
	const whole = Math.floor(raw / 8);
	return whole + ({ 0: 0, 3: 1 / 3, 4: 1 / 2, 5: 2 / 3 }[raw - whole * 8] ?? (raw - whole * 8) / 8);
};
const apertures = [
	1, 1.1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3.2, 3.5, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9, 10, 11,
	13, 14, 16, 18, 20, 22, 25, 29, 32, 36, 40, 45
];

const sensitivities = [
	50, 64, 80, 100, 125, 160, 200, 250, 320, 400, 500, 640, 800, 1000, 1250, 1600, 2000, 2500, 3200,
	4000, 5000, 6400, 8000, 10_000, 12_800, 16_000, 20_000, 25_600, 32_000, 40_000, 51_200, 102_400,
	204_800
];

export const canonScales: Record<ExposureName, Scale> = {
	/** 8 is f/1 */
	aperture: {
		property: Property.CanonAperture,
		show: (raw) => aperture(nearest(apertures, 2 ** (eighths(raw - 8) / 2)))
	},
	/** 0x38 is a second */
	shutter: {
		property: Property.CanonShutterSpeed,
		show: (raw) => (raw === 0x0c || raw === 4 ? 'B' : showTime(2 ** -eighths(raw - 0x38)))
	},
	/** 0x48 is ISO 100 */
	iso: {
		property: Property.CanonIso,
		show: (raw) =>
			raw === 0 ? 'Auto' : `${nearest(sensitivities, 100 * 2 ** eighths(raw - 0x48))}`
	},
	compensation: {
		property: Property.CanonExposureBias,
		show: (raw) => signed(eighths(raw > 127 ? raw - 256 : raw))
	},
	whiteBalance: {
		property: Property.CanonWhiteBalance,
		show: named({
			0: 'Auto',
			1: 'Daylight',
			2: 'Cloudy',
			3: 'Tungsten',
			4: 'Fluorescent',
			5: 'Flash',
			6: 'Custom',
			8: 'Shade',
			9: 'Kelvin'
		})
	}
};
