import type { ObjectBody, PutOptions } from '../../object-storage.interface';
import { Deadline } from './deadline';
import { PartSource } from './part-source';

/**
 * Sends one object in parts, under a deadline of the whole. Whoever gives up, or takes too long, lets go of the source, too.
 * @param ms until everything has to be over
 */
export async function transfer<Sent>(
  body: ObjectBody,
  { size, signal }: PutOptions,
  { ms, partBytes }: { readonly ms: number; readonly partBytes: number },
  send: (source: PartSource, deadline: Deadline) => Promise<Sent>,
): Promise<Sent> {
  const deadline = new Deadline(ms, signal);
  const source = new PartSource(body, size, partBytes);
  deadline.signal.addEventListener('abort', source.close);
  try {
    if (deadline.fault) throw deadline.fault;
    return await send(source, deadline);
  } catch (error) {
    throw deadline.fault ?? error;
  } finally {
    deadline.signal.removeEventListener('abort', source.close);
    source.close();
    deadline.end();
  }
}
