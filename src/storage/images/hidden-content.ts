// What a browser, an interpreter or an unpacker would find in a file that also is a picture. The variants are made anew from
// pixels and hold nothing of it; but who sends such a file has no avatar in mind.

/**
 * Long enough that pictures do not hold it by chance, and without anything that makes a search go back.
 * XMP, which cameras write, is XML and has none of these.
 */
const MARKUP =
  /<\?php|<script[\s>/]|<!doctype\s|<html[\s>]|<svg[\s/]{1,9}on[a-z]|www\.w3\.org\/2000\/svg|<iframe[\s>]|<!entity\s|%pdf-1\.|javascript:|#!\/bin\//i;

/** Of archives and programs. Short ones: looked for only at the beginning of what follows a picture. */
const MAGIC = [
  'PK\x03\x04',
  'PK\x05\x06',
  'Rar!\x1a\x07',
  '7z\xbc\xaf\x27\x1c',
  'MZ',
  '\x7fELF',
  '\x1f\x8b\x08',
  'GIF8',
];

/**
 * The end of a ZIP archive, by which unpackers find it wherever it begins: signature, and twice the number of a disk, which is
 * the first one. The signature alone is in one large picture of 65000 by chance. APPNOTE 6.3.10, 4.3.16.
 */
const ZIP_END = Buffer.from('PK\x05\x06', 'latin1');
/** Behind it is a comment of 64 KiB at most. */
const ZIP_END_BYTES = 66_000;

export function hidesContent(bytes: Buffer, end: number): boolean {
  const trailer = bytes.subarray(end);
  if (MAGIC.some((magic) => trailer.toString('latin1', 0, magic.length) === magic)) return true;
  return endsAsArchive(bytes.subarray(-ZIP_END_BYTES)) || MARKUP.test(bytes.toString('latin1'));
}

function endsAsArchive(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(ZIP_END); at >= 0; at = bytes.indexOf(ZIP_END, at + 1)) {
    const disks = bytes.subarray(at + 4, at + 8);
    // All ones: ZIP64 has it elsewhere.
    if (disks.every((byte) => byte === 0) || disks.every((byte) => byte === 0xff)) return true;
  }
  return false;
}
