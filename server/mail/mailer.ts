// The one place that knows nodemailer.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';

export interface Letter {
	to: string;
	/** in whose name it is sent: the studio's */
	from: string;
	subject: string;
	text: string;
	html: string;
}

/** 'sent' to a mail server, kept in a 'file' because there is none, or 'failed'. */
export type Delivery = 'sent' | 'file' | 'failed';

export interface Mailer {
	/** Never throws: a letter that could not be sent is reported, and said. */
	send(letter: Letter): Promise<Delivery>;
}

const oneLine = (text: string) => text.replaceAll(/[\r\n]+/g, ' ');

/**
 * @param smtpUrl smtp://user:password@host:port; unset: letters become files (RFC 5322) in `folder`
 * @param address from which letters are sent
 */
export function createMailer(
	smtpUrl: string | undefined,
	address: string,
	folder: string,
	report: (error: unknown) => void
): Mailer {
	const smtp = smtpUrl ? createTransport(smtpUrl) : null;
	const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
	let count = 0;
	return {
		async send({ from, subject, ...letter }) {
			const message = {
				...letter,
				subject: oneLine(subject),
				from: { name: oneLine(from), address }
			};
			try {
				if (smtp) {
					await smtp.sendMail(message);
					return 'sent';
				}
				const { message: bytes } = await composer.sendMail(message);
				await mkdir(folder, { recursive: true });
				const name = `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${++count}.eml`;
				// whole or not at all: somebody may be waiting for the file
				await writeFile(join(folder, `.${name}`), bytes as Buffer, { mode: 0o600 });
				await rename(join(folder, `.${name}`), join(folder, name));
				return 'file';
			} catch (error) {
				report(error);
				return 'failed';
			}
		}
	};
}
