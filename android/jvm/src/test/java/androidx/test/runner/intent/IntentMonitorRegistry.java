package androidx.test.runner.intent;

/** Holds the monitor of the test that runs. */
public final class IntentMonitorRegistry {
    private IntentMonitorRegistry() {}

    public static void registerInstance(IntentMonitor monitor) {}
}
