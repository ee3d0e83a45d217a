import { useId } from "preact/hooks";
import { bundledScans } from "./catalog.ts";
import { ownFile, takeFile } from "./opened.ts";

export interface ScanPickerProps {
  readonly value: string;
  readonly onChange: (id: string) => void;
}

/** The bundled scans, and a file of the user's own. */
export function ScanPicker({ value, onChange }: ScanPickerProps) {
  const id = useId();
  const own = ownFile.value;
  return (
    <div class="scan-picker">
      <span class="field select-field">
        <label for={id}>Scan</label>
        <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {bundledScans.map((scan) => (
            <option key={scan.id} value={scan.id} selected={scan.id === value}>
              {scan.title}
            </option>
          ))}
          {own && (
            <option value={own.id} selected={own.id === value}>
              {own.file.name}
            </option>
          )}
        </select>
      </span>
      <label class="button file-button">
        Open a NIfTI…
        <input
          type="file"
          class="visually-hidden"
          accept=".nii,.gz,.nii.gz,application/gzip"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file) onChange(takeFile(file));
            currentTarget.value = "";
          }}
        />
      </label>
    </div>
  );
}
