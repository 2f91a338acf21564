import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Header } from './given-headers';

/** Helmet's headers. They are the same for every request: asked for once, they cost a request next to nothing. */
export function securityHeaders(production: boolean): readonly Header[] {
  const headers: Header[] = [];
  const sink = {
    setHeader: (name: string, value: string) => void headers.push([name, value, name.toLowerCase()]),
    removeHeader: () => undefined,
  } as unknown as ServerResponse;
  helmet(optionsFor(production))({} as IncomingMessage, sink, (error) => {
    if (error) throw error as Error;
  });
  return headers;
}

function optionsFor(production: boolean): Parameters<typeof helmet>[0] {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        // Swagger UI draws its icons from data: URLs and styles its parts inline.
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
      },
    },
    strictTransportSecurity: production ? { maxAge: 31_536_000 } : false,
    // Avatars and the API are used by pages of other origins; CORS decides who may read an answer.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  };
}
