import { type Server, createServer, get as getHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Get, fetchFile, getPublic, isPublicAddress } from './outgoing.ts';

let server: Server;
let url: string;
const fromLoopback: Get = (address) =>
	new Promise((resolve, reject) => getHttp(address, resolve).once('error', reject));

beforeAll(async () => {
	server = createServer((request, response) => {
		if (request.url === '/file') response.end(Buffer.alloc(100_000, 7));
		else if (request.url === '/moved') response.writeHead(302, { location: '/file' }).end();
		else if (request.url === '/inside')
			response.writeHead(302, { location: 'https://169.254.169.254/' }).end();
		else if (request.url === '/circle') response.writeHead(302, { location: '/circle' }).end();
		else if (request.url === '/broken') {
			response.writeHead(200, { 'content-length': '1000' });
			response.write('some');
			setTimeout(() => response.destroy(), 20);
		} else response.writeHead(404).end();
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const read = async (path: string, max = 1e6, get = fromLoopback) => {
	let size = 0;
	for await (const part of fetchFile(url + path, max, get)) size += part.length;
	return size;
};

describe('getting a file', () => {
	it('follows to where it lies', async () => {
		expect(await read('/file')).toBe(100_000);
		expect(await read('/moved')).toBe(100_000);
	});
	it('says what is wrong', async () => {
		await expect(read('/none')).rejects.toMatchObject({ code: 'invalid' });
		await expect(read('/circle')).rejects.toMatchObject({ code: 'invalid' });
		await expect(read('/file', 99_999)).rejects.toMatchObject({ code: 'too_large' });
		await expect(read('/broken')).rejects.toMatchObject({ code: 'unavailable' });
	});
	it('asks only the open internet, and only over https', async () => {
		const asked = (address: string) => fetchFile(address, 1e6).next();
		for (const host of [
			'127.0.0.1',
			'localhost',
			'10.0.0.1',
			'[::1]',
			'[fd00::1]',
			'169.254.169.254'
		])
			await expect(asked(`https://${host}/x`)).rejects.toMatchObject({ code: 'invalid' });
		await expect(asked('http://example.com/x')).rejects.toMatchObject({ code: 'invalid' });
		await expect(asked('https://somebody:secret@example.com/x')).rejects.toMatchObject({
			code: 'invalid'
		});
	});
	it('does not follow into our own network', async () => {
		const all = fetchFile('https://models.example.com/x', 1e6, (address) =>
			address.hostname === 'models.example.com'
				? fromLoopback(new URL(`${url}/inside`))
				: getPublic(address)
		);
		await expect(all.next()).rejects.toMatchObject({ code: 'invalid' });
	});
});

it.each([
	['8.8.8.8', true],
	['2001:4860:4860::8888', true],
	['127.0.0.1', false],
	['10.1.2.3', false],
	['172.16.0.1', false],
	['192.168.1.1', false],
	['169.254.169.254', false],
	['100.64.0.1', false],
	['0.0.0.0', false],
	['224.0.0.1', false],
	['::', false],
	['::1', false],
	['fe80::1', false],
	['fd12::1', false],
	['::ffff:127.0.0.1', false],
	['64:ff9b::7f00:1', false],
	['nowhere', false]
])('%s is public: %s', (address, is) => expect(isPublicAddress(address)).toBe(is));
