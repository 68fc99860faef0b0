/** Files that list the dependencies of a program. Copying only these does not make later steps depend on the source. */
const manifests = [
  /^(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in|lock)$/,
  /^requirements$/,
  /^(?:pyproject\.toml|setup\.py|setup\.cfg|poetry\.lock|uv\.lock|pdm\.lock|Pipfile(?:\.lock)?|environment\.ya?ml)$/,
  /^(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|\.yarnrc(?:\.yml)?|\.npmrc)$/,
  /^(?:pnpm-lock\.yaml|pnpm-workspace\.yaml|bun\.lockb?|\.nvmrc|\.node-version)$/,
  /^(?:go\.(?:mod|sum|work)|Cargo\.(?:toml|lock)|rust-toolchain(?:\.toml)?)$/,
  /^(?:pom\.xml|.*\.gradle(?:\.kts)?|gradle\.properties|gradlew|gradle-wrapper\..*|libs\.versions\.toml)$/,
  /^(?:Gemfile(?:\.lock)?|.*\.gemspec|composer\.(?:json|lock)|mix\.(?:exs|lock))$/,
  /^(?:.*\.(?:cs|fs|vb)proj|.*\.sln|packages\.lock\.json|Directory\..*\.props|nuget\.config|global\.json)$/i,
] as const;

export function isDependencyManifest(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return manifests.some((pattern) => pattern.test(name));
}

/** Commands that fetch something when they run. */
const fetching = [
  /\b(?:apt|apt-get|aptitude|apk|dnf|microdnf|yum|zypper|tdnf)\b[^|;&]*\b(?:update|upgrade|install|add|makecache)\b/,
  /\bpip[\d.]*\s+(?:[^|;&]*\s)?(?:install|download|wheel)\b/,
  /\b(?:uv|poetry|pdm|pipenv|conda|mamba)\s+(?:[^|;&]*\s)?(?:install|sync|add|lock|create|update)\b/,
  /\b(?:npm|pnpm|yarn|bun)\s+(?:-\S+\s+)*(?:ci|i|install|add|clean-install)\b/,
  /\byarn(?:\s+--\S+)*\s*(?:$|[&;|])/,
  /\bgo\s+(?:get|install|mod\s+(?:download|tidy))\b/,
  /\bcargo\s+(?:fetch|install|chef)\b/,
  /\b(?:mvn|mvnw|gradle|gradlew)\b[^|;&]*\b(?:dependency:\S+|dependencies|go-offline)/,
  /\b(?:gem|bundle|composer)\s+(?:install|update|require)\b/,
  /\bdotnet\s+(?:restore|tool)\b/,
  /\b(?:curl|wget)\s/,
  /\bgit\s+(?:clone|fetch|pull|submodule)\b/,
] as const;

export function usesNetwork(command: string): boolean {
  return fetching.some((pattern) => pattern.test(command));
}
