import { type Failure, FailureError } from '../domain/failures.ts';

export const MAX_SETTINGS_BYTES = 65_536;

/** A part's name as a message quotes it. busboy's types promise one, and it hands on undefined where a part has none. */
export const shown = (name: string | undefined) => (name ?? '').slice(0, 40);
export const malformed = (why: string) =>
  new FailureError({ code: 'MALFORMED_UPLOAD', message: `The upload is malformed: ${why}.` });
export const misplacedFile = (name: string | undefined) =>
  malformed(
    name === 'file' ? 'it has two files; send one' : `its file stands in the field "${shown(name)}", not "file"`,
  );
export const fileAsText = () =>
  new FailureError({ code: 'NO_FILE', message: 'The form field "file" came as text: its part must have a filename.' });
export const settingsTooLong = () =>
  new FailureError({
    code: 'INVALID_SETTINGS',
    message: `The form field "settings" is longer than ${MAX_SETTINGS_BYTES} bytes.`,
    errors: [{ pointer: '', code: 'LENGTH', message: `must be at most ${MAX_SETTINGS_BYTES} bytes` }],
  });

export const fileTooLarge = ({ maxFileBytes }: { maxFileBytes: number }): Failure => ({
  code: 'FILE_TOO_LARGE',
  message: `The file is larger than the ${maxFileBytes} bytes that are allowed.`,
  detail: { maxBytes: maxFileBytes },
});
