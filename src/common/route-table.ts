/** One route, as the router knows it. */
export interface KnownRoute {
  /** Its template, as the platform has it: `/v1/users/:id`. */
  readonly path: string;
  readonly methods: readonly string[];
  readonly matches: (path: string) => boolean;
}

/** The routes that the application has, so that a known path with another method is told from an unknown path. */
export class RouteTable {
  private routes: readonly KnownRoute[] = [];

  /** Routes exist once the application is initialised: they are filled in then. */
  fill(routes: readonly KnownRoute[]): void {
    this.routes = routes;
  }

  /** @returns the methods of a path, in upper case; none when no route has it */
  methodsOf(path: string): string[] {
    const methods = new Set(
      this.routes.filter((route) => route.matches(path)).flatMap(({ methods }) => methods),
    );
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods].sort();
  }
}
