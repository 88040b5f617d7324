/// Whether the camera runs and, if not, what the person can do about it.
struct CameraCondition: Equatable {
    enum Permission: Equatable {
        /// Nobody was asked yet.
        case open
        case granted
        case denied
        /// A profile or the parental controls forbid it; the person cannot allow it.
        case restricted
    }

    /// Why the system paused the camera. It resumes by itself.
    enum Interruption: Equatable {
        case otherApplication
        /// Several applications share the screen of an iPad.
        case sharedScreen
        /// The device is too warm.
        case pressure
        case other
    }

    /// Why the camera cannot be used until the person tries again.
    enum Trouble: Equatable {
        case missing, unreadable, stopped
    }

    /// The views that need the camera, and whether the application is in the foreground.
    var demand = CameraDemand()
    var permission = Permission.open
    var interruption: Interruption?
    var trouble: Trouble?

    /// Whether the person should be asked for the permission.
    var asks: Bool { demand.isWanted && permission == .open }
    /// Whether the capture session should run. An interrupted one stays as it is, so that the system resumes it.
    var runs: Bool { demand.isWanted && permission == .granted && trouble == nil }

    /// What to tell the person in place of the picture; `nil` if there is a picture.
    var notice: Notice? {
        switch permission {
        case .denied: return Notice(Phrase(.cameraDenied), .openSettings)
        case .restricted: return Notice(Phrase(.cameraRestricted))
        case .open, .granted: break
        }
        switch trouble {
        case .missing: return Notice(Phrase(.cameraMissing))
        case .unreadable: return Notice(Phrase(.cameraUnreadable), .retry)
        case .stopped: return Notice(Phrase(.cameraStopped), .retry)
        case nil: break
        }
        switch interruption {
        case .otherApplication: return Notice(Phrase(.cameraInUse))
        case .sharedScreen: return Notice(Phrase(.cameraSharedScreen))
        case .pressure: return Notice(Phrase(.cameraWarm))
        case .other: return Notice(Phrase(.cameraPaused))
        case nil: return nil
        }
    }
}

/// A text in place of something that is not there, and what the person can do about it.
struct Notice: Hashable, Sendable {
    enum Action: Hashable, Sendable {
        /// Opens the settings of the application.
        case openSettings
        /// Tries again.
        case retry
        /// Shows the consent again.
        case decide
    }

    let phrase: Phrase
    let action: Action?

    init(_ phrase: Phrase, _ action: Action? = nil) {
        (self.phrase, self.action) = (phrase, action)
    }
}
