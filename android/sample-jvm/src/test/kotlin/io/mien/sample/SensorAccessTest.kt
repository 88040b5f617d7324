package io.mien.sample

import io.mien.sample.models.SensorAccess
import io.mien.sample.models.SensorState
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** Tests of the way from the wish to use a sensor to using it. */
class SensorAccessTest {
    private val access = SensorAccess()

    private inner class Device(override var isGranted: Boolean, var works: Boolean = true) : SensorAccess.Device {
        override var mayAskAgain = true
        val done = mutableListOf<String>()

        override fun ask() {
            done += "ask"
        }

        override fun open() {
            done += "open"
            if (works) access.opened() else access.failed()
        }

        override fun close() {
            done += "close"
        }

        fun answer(isGranted: Boolean) {
            this.isGranted = isGranted
            access.answered(isGranted)
        }
    }

    private fun assertState(state: SensorState) = assertEquals(state, access.state.value)

    @Test
    fun `a granted sensor is on while it is used`() {
        val phone = Device(isGranted = true).also(access::attach)
        access.use()
        access.use()
        assertState(SensorState.ON)
        access.stop()
        assertState(SensorState.OFF)
        access.use()
        assertState(SensorState.ON)
        assertEquals(listOf("open", "close", "open"), phone.done)
    }

    @Test
    fun `the person is asked once, and again only on request`() {
        val phone = Device(isGranted = false).also(access::attach)
        access.use()
        assertState(SensorState.WAITING)
        phone.answer(false)
        assertState(SensorState.DENIED)
        access.stop()
        access.use()
        assertEquals(1, phone.done.count { it == "ask" })
        access.retry()
        assertEquals(2, phone.done.count { it == "ask" })
        phone.answer(true)
        assertState(SensorState.ON)
    }

    @Test
    fun `where the system does not ask again, a permission granted in its settings counts`() {
        val phone = Device(isGranted = false).also(access::attach)
        access.use()
        phone.mayAskAgain = false
        phone.answer(false)
        assertState(SensorState.BLOCKED)
        access.resumed()
        assertState(SensorState.BLOCKED)
        phone.mayAskAgain = true
        access.resumed()
        assertState(SensorState.DENIED)
        phone.isGranted = true
        access.resumed()
        assertState(SensorState.ON)
    }

    @Test
    fun `a permission granted while nobody uses the sensor does not open it`() {
        val phone = Device(isGranted = false).also(access::attach)
        access.use()
        access.stop()
        phone.answer(true)
        assertState(SensorState.OFF)
        assertEquals(0, phone.done.count { it == "open" })
        access.use()
        assertState(SensorState.ON)
    }

    @Test
    fun `turning the phone while the question is shown asks once`() {
        val first = Device(isGranted = false).also(access::attach)
        access.use()
        access.stop()
        access.detach(first)
        val second = Device(isGranted = false).also(access::attach)
        access.use()
        assertEquals(0, second.done.count { it == "ask" })
        second.answer(true)
        assertState(SensorState.ON)
        assertEquals(listOf("open"), second.done)
    }

    @Test
    fun `turning the phone while the sensor is being opened opens it again`() {
        val phone = object : SensorAccess.Device {
            var opened = 0
            override val isGranted = true
            override val mayAskAgain = false

            override fun ask() = Unit

            override fun open() {
                opened++
            }

            override fun close() = Unit
        }
        access.attach(phone)
        access.use()
        assertState(SensorState.WAITING)
        access.stop()
        assertState(SensorState.OFF)
        access.use()
        assertEquals(2, phone.opened)
    }

    @Test
    fun `a failure is shown, tried again, and forgotten with the next use`() {
        val phone = Device(isGranted = true, works = false).also(access::attach)
        access.use()
        assertState(SensorState.FAILED)
        phone.works = true
        access.retry()
        assertState(SensorState.ON)
        access.failed(SensorState.MISSING)
        assertState(SensorState.MISSING)
        access.stop()
        access.failed()
        assertState(SensorState.OFF)
    }
}
