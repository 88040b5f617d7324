internal import MienFFI

/// The format of an exported timeline.
public enum ExportFormat: Sendable, Hashable, CaseIterable {
    /// A table with a header line.
    case csv
    /// One object with `clock`, `labels` and `events` or `buckets`.
    case json
}

extension ExportFormat {
    init(_ core: MienFFI.ExportFormat) {
        switch core {
        case .csv: self = .csv
        case .json: self = .json
        }
    }

    var core: MienFFI.ExportFormat {
        switch self {
        case .csv: .csv
        case .json: .json
        }
    }
}
