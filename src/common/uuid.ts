const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * An id from a path, as stores write it: clients may send capitals, and ids are compared as texts.
 * @returns undefined for what is none
 */
export function readUuid(text: string): string | undefined {
  const id = text.toLowerCase();
  return UUID.test(id) ? id : undefined;
}
