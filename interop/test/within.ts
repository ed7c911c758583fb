/** Makes of a command line the one to spawn, for example inside a namespace. */
export type Within = (...line: CommandLine) => CommandLine;

export type CommandLine = [program: string, ...more: string[]];
