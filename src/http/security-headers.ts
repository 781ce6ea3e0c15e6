import helmet from 'helmet';

/**
 * The portal is our own scripts, styles and API, nothing inline and nothing from elsewhere. No HSTS and no upgrade to
 * https: whether there is TLS is known to whatever stands in front, and `http://some-host:3000` must work without.
 */
export const securityHeaders = () =>
  helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  });
