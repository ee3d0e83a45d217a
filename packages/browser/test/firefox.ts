// Finds an installed Firefox and starts it; npm carries none, and playwright drives only its own build.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, launch } from "puppeteer-core";

const INSTALLED = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

/**
 * A running Firefox, or undefined where none is installed. With `CI` set that is an error, so that nothing passes
 * for want of a browser.
 */
export async function startFirefox(suite: string): Promise<Browser | undefined> {
  const executablePath = findFirefox();
  if (executablePath === undefined) {
    const message = `${suite}: no Firefox; set FIREFOX_PATH, or install firefox-esr`;
    if (process.env.CI) throw new Error(message);
    console.warn(`not run: ${message}`);
    return undefined;
  }
  // Firefox refuses to run as root in a home of someone else's, and needs one that it can write to.
  const home = mkdtempSync(join(tmpdir(), "halfband-firefox-"));
  const removeHome = () => rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  try {
    const browser = await launch({
      browser: "firefox",
      executablePath,
      env: { ...process.env, HOME: home },
      // A suite is one call and lasts as long as it lasts; the tests have their own time limit.
      protocolTimeout: 0,
    });
    browser.process()?.once("exit", removeHome);
    return browser;
  } catch (error) {
    removeHome();
    throw error;
  }
}

function findFirefox(): string | undefined {
  const given = process.env.FIREFOX_PATH;
  if (given && !existsSync(given)) throw new Error(`FIREFOX_PATH is ${given}; there is no such file`);
  return [given, ...INSTALLED].find((path) => path && existsSync(path));
}
