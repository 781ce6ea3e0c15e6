/** Hands a file to the browser's downloads; a plain link can't send the token. */
export function saveAs(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold of the content by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
