/**
 * The `data` of each event of a `text/event-stream` (WHATWG HTML, "Server-sent events"), as it comes. The browser's own
 * EventSource can't send an Authorization header, and a token doesn't belong into an address. Comments, which the
 * server sends to keep the connection alive, come as null.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string | null> {
  let rest = '';
  let data: string[] = [];
  const decoder = new TextDecoder();
  for await (const bytes of chunksOf(body)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
      else if (line.startsWith(':')) yield null;
      else if (line === '' && data.length > 0) {
        yield data.join('\n');
        data = [];
      }
    }
  }
}

// Safari can't iterate a stream.
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}
