package androidx.test.internal.runner.intent;

import androidx.test.runner.intent.IntentMonitor;

/** Receives intents; these tests send none. */
public final class IntentMonitorImpl implements IntentMonitor {
    public void signalIntent(android.content.Intent intent) {}
}
