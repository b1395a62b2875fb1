import { describe, expect, it } from 'vitest';
import { type NetworkKind, dayOf, defaultSettings, policyOf } from './policy.ts';

const network = (type?: string, savesData = false): NetworkKind => ({ type, savesData });
const little = { waitingBytes: 1e6, sentToday: 0 };
const much = { waitingBytes: 300e6, sentToday: 0 };

describe('what may be sent', () => {
	it.each([
		['everything on Wi-Fi', {}, network('wifi'), much, { sends: 'all' }],
		['everything where nothing is known', {}, network(), much, { sends: 'all' }],
		[
			'nothing when paused',
			{ isPaused: true },
			network('wifi'),
			little,
			{ sends: 'nothing', why: 'paused' }
		],
		['little over a line that costs', {}, network('cellular'), little, { sends: 'all' }],
		[
			'of much only what is small',
			{},
			network('cellular'),
			much,
			{ sends: 'small', why: 'metered' }
		],
		[
			'of much only what is small when data is saved',
			{},
			network(undefined, true),
			much,
			{ sends: 'small', why: 'metered' }
		],
		['much when it was let go', { isConfirmed: true }, network('cellular'), much, { sends: 'all' }],
		[
			'nothing but over Wi-Fi',
			{ isWifiOnly: true },
			network('cellular'),
			little,
			{ sends: 'nothing', why: 'not-wifi' }
		],
		[
			'nothing before it was said that it is Wi-Fi',
			{ isWifiOnly: true },
			network(),
			little,
			{ sends: 'nothing', why: 'wifi-only' }
		],
		[
			'everything after it was said',
			{ isWifiOnly: true, isConfirmed: true },
			network(),
			much,
			{ sends: 'all' }
		],
		[
			'nothing when the budget is used up',
			{ budget: 50 },
			network('wifi'),
			{ ...little, sentToday: 50e6 },
			{ sends: 'nothing', why: 'budget' }
		],
		[
			'everything while there is budget',
			{ budget: 50 },
			network('wifi'),
			{ ...little, sentToday: 49e6 },
			{ sends: 'all' }
		]
	])('%s', (_, settings, kind, now, policy) => {
		expect(policyOf({ ...defaultSettings, ...settings }, kind, now)).toEqual(policy);
	});
	it('counts days by the clock on the wall', () => {
		expect(dayOf(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05');
	});
});
