import { useEffect, useState } from 'preact/hooks';

const IMPORT = /^#\/imports\/([\w-]+)$/;
export const importHref = (id: string): string => `#/imports/${id}`;
export const UPLOAD_HREF = '#/';

/** The import that the address names, null for the upload: so that back, reload and a copied link work. */
export function useOpenImport(): string | null {
  const [id, setId] = useState(read);
  useEffect(() => {
    const onHash = () => setId(read());
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);
  return id;
}

const read = (): string | null => IMPORT.exec(location.hash)?.[1] ?? null;
